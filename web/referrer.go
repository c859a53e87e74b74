package web

// NoPath is the Referrer-Policy of pages whose address is a secret and that
// hold a form: no other address ever learns the path. It must not be
// no-referrer, which makes browsers send "Origin: null" with our own forms;
// over plain HTTP, where they do not say Sec-Fetch-Site either, such a form
// cannot be told from one of another site and is refused.
const NoPath = "strict-origin"
