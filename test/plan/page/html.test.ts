import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { escape, markup } from "../../../plan/page/html";

describe("HTML from templates", () => {
    it("escapes every value, wherever it stands", () => {
        const hostile = `</script><img src=x onerror="alert('1')">&amp;`;
        const { text } = markup`<a title="${hostile}">${hostile}</a>`;
        assert.equal(
            text.replaceAll("&lt;/script&gt;&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;", "SAFE"),
            `<a title="SAFE">SAFE</a>`,
        );
    });

    it("lets no text open or close a tag or an attribute", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary" }), (text) => {
                assert.doesNotMatch(escape(text), /[<>"']/);
            }),
        );
    });

    it("keeps what it has made, in lists too, and leaves out what is not there", () => {
        const items = ["a<b", "c"].map((item) => markup`<li>${item}</li>`);
        assert.equal(markup`<ul>${items}${undefined}${false}${0}</ul>`.text, "<ul><li>a&lt;b</li><li>c</li>0</ul>");
    });

    it("leaves out line breaks that are there for the reader of the source, and no other", () => {
        const { text } = markup`
            <p>one
                two ${"a\n  b"}
            </p>
            <p>three</p>
        `;
        assert.equal(text, "<p>one two a\n  b</p><p>three</p>");
        const words = markup`
            <b>${1}</b>
            ${2};
            ${3} and
            ${4} or
            five
            ${markup`<i>6</i>`}
        `;
        assert.equal(words.text, "<b>1</b>2; 3 and 4 or five <i>6</i>");
    });

    it("shows characters that hide or turn text around instead of obeying them", () => {
        assert.equal(escape("admin\u202etxt.exe\u0000\u200b"), "admin\\u202etxt.exe\\u0000\\u200b");
        assert.equal(escape("line one\r\n\tline two"), "line one\n\tline two");
    });

    it("refuses a value of an attribute without quotes", () => {
        assert.throws(() => markup`<a title=${"x onclick=alert(1)"}>x</a>`, /in quotes/);
    });
});
