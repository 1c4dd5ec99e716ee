package sandbox

import (
	"slices"
	"strings"
)

// The documented limits of a request's attachments.
const (
	maxImages    = 10
	maxMediaSize = 80 << 20 // images and audio together
)

// attach finds the files that the messages name, and checks them. The words of the 422s are guesses, as is that a file that is not there
// is 404.
func (s *Sandbox) attach(req *chatRequest) refusal {
	images, media := 0, int64(0)
	for i := range req.Messages {
		before := images
		for _, id := range req.Messages[i].Attachments {
			f, found := s.files.find(id)
			if !found {
				return noSuchFile
			}
			req.attached = append(req.attached, f)
			if f.class == "image" {
				images++
			}
			if f.class != "document" {
				media += f.size
			}
		}
		if images > before+1 {
			return invalidParams("only one image is allowed in a message")
		}
	}
	switch {
	case images > maxImages:
		return invalidParams("too many images")
	case images > 0 && !seesImages(req.Model):
		return invalidParams("images are not supported by this model")
	case media >= maxMediaSize:
		return payloadTooLarge
	}
	return ok
}

// seesImages is a guess for the models whose pages do not say it.
func seesImages(model string) bool {
	return strings.HasPrefix(model, "GigaChat-3") || strings.Contains(model, "Pro") || strings.Contains(model, "Max")
}

// documentTokens is the length of the first document, the only one that is used.
func (req *chatRequest) documentTokens() int {
	i := slices.IndexFunc(req.attached, func(f *stored) bool { return f.class == "document" })
	if i < 0 {
		return 0
	}
	return tokensOf(int(req.attached[i].size))
}
