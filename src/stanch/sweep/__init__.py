"""A sweep: every repository of an organisation listed, cloned, scanned and told of, again and again."""
