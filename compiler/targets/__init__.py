"""What is written for systems other than a gateway's own runtime, a folder or a file each."""
