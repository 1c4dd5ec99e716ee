// Package gigachat is a client of Sber's GigaChat REST API: tokens, chat, embeddings, batches, models, files, token counts, and typed
// errors. It knows nothing about rows, jobs or prompt files.
//
// A [Client] makes one exchange per call and never repeats it, except for one replay after a 401. Whether and when to retry is the caller's
// decision; every failure is an [*Error] with the facts for that decision. No error text contains a key, a token or a password.
//
// The facts about the API come from Sber's published descriptions (developers.sber.ru/docs/ru/gigachat, the OpenAPI files of 2025 and 2026)
// and from recorded traffic; the source of each fact is named where it is used.
package gigachat
