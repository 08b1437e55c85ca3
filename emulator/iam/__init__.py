"""google.iam.v1.IAMPolicy: who may do what with a resource is kept and shown, and never enforced."""
