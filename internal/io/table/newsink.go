package table

// newSink begins a new file of another format than the source's.
func newSink(h *base, dst string, format Format, columns []string) (Sink, error) {
	switch format {
	case JSONL:
		return newJSONLSink(h, dst, columns)
	case XLSX:
		return newXLSXSink(h, dst, columns)
	default:
		return newCSVSink(h, dst, columns)
	}
}
