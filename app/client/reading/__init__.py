"""From a participant's file to rows that can be uploaded, without any network."""
