"""The tests of tracker, and the longer proofs that are commands of their own.

Bytecode is kept while they run, whatever the environment says: pytest would rewrite all tests again in each of its
processes, and each of some hundred commands that tests start would be compiled again.
"""

import os
import sys

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
