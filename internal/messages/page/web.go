package page

// web are the formats of internal/web that are worded otherwise on the page.
var web = map[string]Wording{
	"restart gigabatch serve without --sandbox": {
		"restart the server without the sandbox",
		"перезапустите сервер без песочницы",
	},
}
