module github.com/OWNER/interlock/runtimes/go

go 1.22
