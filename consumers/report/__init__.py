"""What a pull found different, object by object and field by field: bounded, in the database, to be downloaded."""
