"""What people write who have no tracker: each order asked about by itself."""
