package documents

const (
	HeadSize    = headSize
	MaxDocument = maxDocument
)

var Columns = ownColumns
