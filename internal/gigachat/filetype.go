package gigachat

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// FileType is how the service accepts a kind of file.
type FileType struct {
	MIME     string
	Class    string // "document", "image" or "audio"
	MaxBytes int64  // of one file; it is unclear whether a documented MB is 10^6 or, as assumed here, 2^20 bytes
}

// The documented limits (developers.sber.ru, api/reference/rest/post-file, October 2025).
const (
	maxDocument = 40 << 20
	maxImage    = 15 << 20
	maxAudio    = 35 << 20
)

// fileTypes is keyed by extension. The MIME types are those that the service asks for; some differ from the registered ones
// (developers.sber.ru, api/reference/rest/post-file, and the OpenAPI file of 2026).
var fileTypes = map[string]FileType{
	".txt":  {"text/plain", "document", maxDocument},
	".doc":  {"application/msword", "document", maxDocument},
	".docx": {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document", maxDocument},
	".pdf":  {"application/pdf", "document", maxDocument},
	".epub": {"application/epub", "document", maxDocument},
	".ppt":  {"application/ppt", "document", maxDocument},
	".pptx": {"application/pptx", "document", maxDocument},
	".xlsx": {"application/vnd.ms-excel", "document", maxDocument},

	".jpg":  {"image/jpeg", "image", maxImage},
	".jpeg": {"image/jpeg", "image", maxImage},
	".png":  {"image/png", "image", maxImage},
	".tif":  {"image/tiff", "image", maxImage},
	".tiff": {"image/tiff", "image", maxImage},
	".bmp":  {"image/bmp", "image", maxImage},

	".mp4":  {"audio/mp4", "audio", maxAudio},
	".mp3":  {"audio/mp3", "audio", maxAudio},
	".m4a":  {"audio/x-m4a", "audio", maxAudio},
	".wav":  {"audio/x-wav", "audio", maxAudio},
	".weba": {"audio/webm", "audio", maxAudio},
	".ogg":  {"audio/x-ogg", "audio", maxAudio},
	".opus": {"audio/opus", "audio", maxAudio},
}

// FileTypeOf returns the type of a file by the extension of its name, in any case. It returns false if the service does not accept the
// file.
func FileTypeOf(name string) (FileType, bool) {
	t, ok := fileTypes[strings.ToLower(path.Ext(name))]
	return t, ok
}

// FileExtensions returns the extensions of the files that the service accepts, with their dots, sorted.
func FileExtensions() []string { return slices.Sorted(maps.Keys(fileTypes)) }
