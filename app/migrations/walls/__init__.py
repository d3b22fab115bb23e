"""The SQL of revision 0002: who may see and write which rows. A later revision brings files of its own."""
