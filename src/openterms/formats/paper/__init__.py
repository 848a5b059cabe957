"""Papers: values in, PDF out. Every paper is made of the same few parts on the seller's letterhead, by one template."""
