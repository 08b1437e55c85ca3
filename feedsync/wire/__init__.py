"""What crosses between environments: lossless JSON values, changes, pages."""
