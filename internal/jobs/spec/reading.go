package spec

// ReadingVersion is the version of what the cells of an input say: how numbers, dates and texts of a table become the text of a prompt. It
// grows whenever an input that has not changed may give other prompts than before, because tasks are known by their prompts. Journals from
// before the first version have 0.
const ReadingVersion = 1
