"""`nimbus-agent doctor`: what of this node works just now, looked at from here. Changes nothing; blocks."""
