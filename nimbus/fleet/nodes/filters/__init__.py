"""What a list of nodes can be narrowed to: the versions, operating systems and labels that there are. For
suggestions; nothing is stored here, and what no node has is not among them."""
