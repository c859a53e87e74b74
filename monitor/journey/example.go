package journey

// Example is a journey to begin from: somebody logs in and finds their file.
const Example = `# {{name}} is a variable, {{secret.NAME}} a secret that the operator has set.
variables:
  reference: "2026-0001"
steps:
  - name: login page
    get: /login
    expect:
      contains: "Mot de passe"
  - name: login
    form: "form#login"          # a form of the page before, with its hidden fields
    fill:
      user: sonde
      password: "{{secret.portal_password}}"
    expect:
      url: /home                # where the redirects end
      within: 2s
    take:
      file: {css: "a.file", attr: href}
  - name: file
    get: "{{file}}?reference={{reference}}"
    headers: {Accept: application/json}
    expect:
      status: 200
      json: {"file.state": open, "items[0].reference": "{{reference}}"}
`
