"""What people read on a terminal: cells, columns, local times. Programs get what `output` prints."""
