"""Who hears whom, and who passes on what (P7): asked of sources, told to replicas, and what doesn't arrive anywhere."""
