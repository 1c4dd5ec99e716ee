// Package gigachat is a client of Sber's GigaChat REST API: tokens, trust in its certificates, chat, models, files, token counts, and
// errors that say what went wrong. It knows nothing of rows, jobs or files of prompts.
//
// A [Client] makes one exchange a call, and never asks a second time by itself, except for one replay after a 401. Whether and when
// to ask again is the caller's to decide; every failure is an [*Error] that tells what is needed for that. Nothing of this package
// puts a key, a token or a password into an error's text.
//
// The facts about the API come from Sber's published descriptions (developers.sber.ru/docs/ru/gigachat, the OpenAPI files of 2025 and
// 2026) and from recorded traffic; each is named where it is used.
package gigachat
