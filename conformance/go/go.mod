module keytrail/conformance/receipts

go 1.26.0

require (
	github.com/cloudflare/circl v1.6.5
	golang.org/x/mod v0.43.0
	golang.org/x/sync v0.14.0
)

require golang.org/x/sys v0.47.0 // indirect
