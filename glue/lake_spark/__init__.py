"""What the lake's Spark jobs share. It runs on Glue and locally alike: what differs comes from outside."""
