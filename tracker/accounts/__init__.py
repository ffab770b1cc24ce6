"""One panel account: holds, circuit breaker, balance, audit, limits on spending. Pure."""
