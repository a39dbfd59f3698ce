"""What lti-consumer-xblock expects of the edx-platform around it, as far as an LTI launch and its grade need it."""
