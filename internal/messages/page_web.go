package messages

// pageWeb are the formats of internal/web that are worded otherwise on the page.
var pageWeb = map[string]wording{
	"restart gigabatch serve without --sandbox": {
		"restart the server without the sandbox",
		"перезапустите сервер без песочницы",
	},
}
