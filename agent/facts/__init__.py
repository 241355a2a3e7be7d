"""Looking at the machine: each file looks at one thing and changes nothing."""
