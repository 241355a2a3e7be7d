"""What `nimbus doctor` and `nimbus-agent doctor` share: findings, how they are shown, and common rules."""
