// Package gigachat is a client of Sber's GigaChat REST API: tokens, trust in its certificates, chat, models, files, token counts, and
// errors that say what went wrong. It knows nothing of rows, jobs or files of prompts.
//
// A [Client] makes one exchange a call and never repeats it by itself, except for one replay after a 401. Whether and when to repeat it
// is the caller's decision; every failure is an [*Error] that says what is needed for that. No error's text holds a key, a token or a
// password.
//
// The facts about the API come from Sber's published descriptions (developers.sber.ru/docs/ru/gigachat, the OpenAPI files of 2025 and
// 2026) and from recorded traffic; each is named where it is used.
package gigachat
