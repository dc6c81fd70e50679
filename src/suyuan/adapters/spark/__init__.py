"""Apache Spark as an engine of traces: what runs where, and what of a run Spark gets to see. Nothing else imports pyspark."""
