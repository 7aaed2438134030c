#include "core/fhirpath/narrative.hpp"

#include <string>
#include <vector>

#include "tests/native/core/fhirpath/typed_support.hpp"

namespace fhirwall::fhirpath::test {
namespace {

struct Case {
  std::string text;
  bool div;
  bool content;
};

void check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(is_narrative(c.text, Markup::kDiv), c.div) << c.text;
    EXPECT_EQ(is_narrative(c.text, Markup::kContent), c.content) << c.text;
  }
}

// The content of a div, both alone and in one.
void check_content(const std::vector<std::string>& texts, bool expected) {
  for (const std::string& text : texts) {
    EXPECT_EQ(is_narrative(text, Markup::kContent), expected) << text;
    EXPECT_EQ(is_narrative("<div xmlns=\"http://www.w3.org/1999/xhtml\">" + text + "</div>",
                           Markup::kDiv),
              expected)
        << text;
  }
}

TEST(Narrative, TheOutermostElement) {
  check({
      {"<div xmlns=\"http://www.w3.org/1999/xhtml\">a</div>", true, true},
      {"<div>a</div>", true, true},
      {" <!-- b -->\n<div>a</div>\n", true, true},
      {"<div xmlns='http://www.w3.org/1999/xhtml' xml:lang=\"en\" lang=\"en\">a</div>", true, true},
      {"<div xmlns=\"http://www.w3.org/2000/svg\">a</div>", false, false},
      {"<div xmlns=\"\">a</div>", false, false},
      {"<p>a</p>", false, true},
      {"a", false, true},
      {"<div>a</div><div>b</div>", false, true},
      {"<div>a</div>b", false, true},
      {"b<div>a</div>", false, true},
      {"<div>a", false, false},
      {"<div>a</div></div>", false, false},
      {"a</div>", false, false},
      {"<html><body>a</body></html>", false, false},
      {"<?xml version=\"1.0\"?><div>a</div>", false, false},
      {"<!DOCTYPE html><div>a</div>", false, false},
  });
}

TEST(Narrative, SomethingToSee) {
  check({
      {"", false, false},
      {" \n\t", false, false},
      {"<div/>", false, false},
      {"<div></div>", false, false},
      {"<div> \n </div>", false, false},
      {"<div><p> </p><br/></div>", false, false},
      {"<div>&#32;&#x0A;</div>", false, false},
      {"<div><!-- a --></div>", false, false},
      {"<div>&#160;</div>", true, true},
      {"<div>&#x41;</div>", true, true},
      {"<div><img src=\"#a\"/></div>", true, true},
      {"<div><img alt=\"a\"/></div>", false, false},
  });
}

TEST(Narrative, Elements) {
  std::vector<std::string> texts;
  for (const char* name :
       {"a",      "abbr",  "acronym", "address", "b",       "bdo",   "big",     "blockquote",
        "cite",   "code",  "dd",      "dfn",     "div",     "dl",    "dt",      "em",
        "h1",     "h2",    "h3",      "h4",      "h5",      "h6",    "i",       "kbd",
        "li",     "ol",    "p",       "pre",     "q",       "samp",  "small",   "span",
        "strong", "sub",   "sup",     "table",   "caption", "tbody", "td",      "tfoot",
        "th",     "thead", "tr",      "tt",      "ul",      "var",   "colgroup"}) {
    texts.push_back(std::string("<") + name + ">a</" + name + ">");
  }
  for (const char* name : {"br", "hr", "img", "col"}) {
    texts.push_back(std::string("a<") + name + "/>");
    texts.push_back(std::string("a<") + name + "></" + name + " >");
  }
  check_content(texts, true);

  texts.clear();
  for (const char* name :
       {"script", "style", "head", "body",   "html",  "title",  "form",     "input",   "button",
        "select", "base",  "link", "meta",   "frame", "iframe", "frameset", "object",  "embed",
        "applet", "param", "font", "center", "u",     "s",      "strike",   "ins",     "del",
        "map",    "area",  "svg",  "math",   "audio", "video",  "canvas",   "template"}) {
    texts.push_back(std::string("a<") + name + ">a</" + name + ">");
    texts.push_back(std::string("a<") + name + "/>");
  }
  for (const char* text : {"a<P>b</P>", "a<x:p>b</x:p>", "a<>b</>", "a< p>b</p>", "a<p", "a<",
                           "a</", "a<br>b</br>", "a<img src=\"#b\"><p/></img>", "a<hr>"}) {
    texts.emplace_back(text);
  }
  check_content(texts, false);
}

TEST(Narrative, WellFormedness) {
  check_content(
      {
          "a > b",
          "a &lt; &gt; &amp; &quot; &apos;",
          "&#xFFFD;&#x10FFFF;&#1114111;",
          "\xC3\xA9 \xF0\x9F\x98\x80",
          "<p\n class = 'a'\tid=\"b\" >c</p\n>",
          "<p title=\"a'b\">c</p>",
          "<p title='a\"b>'>c</p>",
          "a<!-- <script> & -->",
          "a<!---->",
      },
      true);
  check_content(
      {
          "<p>a",
          "<p><b>a</p></b>",
          "<p>a</b>",
          "a & b",
          "a&nbsp;b",
          "a&copy;",
          "a&amp b",
          "a&;",
          "a&#;",
          "a&#x;",
          "a&#xG;",
          "a&#12A;",
          "a&#0;",
          "a&#8;",
          "a&#xD800;",
          "a&#xFFFE;",
          "a&#x110000;",
          "a&#x00000000041;",
          "a\x01",
          "a\xEF\xBF\xBF",
          "a]]>",
          "<p class=a>b</p>",
          "<p class>b</p>",
          "<p class=\"a>b</p>",
          "<p class=\"a\"id=\"b\">c</p>",
          "<p class=\"a\" class=\"b\">c</p>",
          "<p class=\"a<b\">c</p>",
          "<p class=\"a&b\">c</p>",
          "<p class=\"a\x02\">c</p>",
          "<p / >a",
          "a<![CDATA[b]]>",
          "a<?php b ?>",
          // What HTML parsers take for the end of a comment.
          "a<!--><img src='#b'/>-->",
          "a<!---><img src='#b'/>-->",
          "a<!-- b --!>",
          "a<!-- b -- c -->",
          "a<!-- b",
          "a<!-- \x03 -->",
      },
      false);
}

TEST(Narrative, Attributes) {
  check_content(
      {
          "<a href=\"http://example.org/a?b=c&amp;d=e#f\" title=\"g\">h</a>",
          "<a name=\"b\">c</a>",
          "<a href=\"#b\">c</a>",
          "<a href=\"Patient/1\">c</a>",
          "<a href=\"mailto:a@example.org\">c</a>",
          "<a href=\"database:1\">c</a>",
          "a<img src=\"data:image/png;base64,AAAA\" alt=\"b\" width=\"1\" height=\"1\"/>",
          "a<img src=\"http://example.org/b.png\"/>",
          "<table border=\"1\" cellpadding=\"0\" summary=\"a\"><tr><td colspan=\"2\" "
          "nowrap=\"nowrap\" valign=\"top\">b</td></tr></table>",
          "<ol start=\"3\" type=\"a\"><li value=\"4\">b</li></ol>",
          "<q cite=\"http://example.org\">a</q>",
          "<p style=\"color: red; background: url(#a)\" class=\"a\" id=\"b\" dir=\"rtl\">c</p>",
      },
      true);
  check_content(
      {
          "<p onclick=\"a()\">b</p>",
          "<p ONCLICK=\"a()\">b</p>",
          "a<img src=\"#b\" onerror=\"c\"/>",
          "<p href=\"#b\">c</p>",
          "<p src=\"#b\">c</p>",
          "<a src=\"#b\">c</a>",
          "<p colspan=\"1\">b</p>",
          "<p xml:space=\"preserve\">b</p>",
          "<p xmlns:x=\"http://example.org\">b</p>",
          "<a xlink:href=\"#b\">c</a>",
          "<p data-a=\"b\">c</p>",
          "<a target=\"_blank\">b</a>",
          "a<img usemap=\"#b\"/>",
      },
      false);
}

TEST(Narrative, NoScripts) {
  check_content(
      {
          "<a href=\"javascript:a()\">b</a>",
          "<a href=\"JavaScript:a()\">b</a>",
          "<a href=\" &#9;java&#10;script:a()\">b</a>",
          "<a href=\"&#x6A;avascript&#58;a()\">b</a>",
          "<a href=\"vbscript:a\">b</a>",
          "<a href=\"data:text/html,a\">b</a>",
          "<a href=\"data:image/png;base64,AAAA\">b</a>",
          "a<img src=\"data:text/html,b\"/>",
          "a<img src=\"javascript:b\"/>",
          "<q cite=\"javascript:a\">b</q>",
          "<p style=\"width: expression(a())\">b</p>",
          "<p style=\"width: exprexpression (a())\">b</p>",
          "<p style=\"background: url('JAVASCRIPT:a()')\">b</p>",
          "<p style=\"@import 'a'\">b</p>",
      },
      false);
  check_content({"<a href=\"a/javascript:b\">c</a>", "javascript:a()",
                 "<p title=\"javascript:a()\">b</p>", "<p style=\"content: 'expression'\">b</p>"},
                true);
}

TEST(Narrative, DepthIsBounded) {
  const auto nested = [](int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) {
      text += "<div>";
    }
    text += "a";
    for (int i = 0; i < depth; ++i) {
      text += "</div>";
    }
    return text;
  };
  check({{nested(128), true, true}, {nested(129), false, false}, {nested(100'000), false, false}});
}

// --- htmlChecks()

TEST(HtmlChecks, KnowsWhatItIsCalledOn) {
  constexpr const char* kPatient =
      R"({"resourceType":"Patient","id":"p1","text":{"status":"generated",)"
      R"("div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">\u0061</div>"},)"
      R"("name":[{"text":"<p>a</p>"},{"text":"<p>a"}],"active":true,"birthDate":"1970",)"
      R"("_gender":{"id":"a"}})";
  for (const auto& [expression, expected] : std::vector<std::pair<const char*, const char*>>{
           {"text.`div`.htmlChecks()", "Boolean true"},
           {"name[0].text.htmlChecks()", "Boolean true"},
           {"name[1].text.htmlChecks()", "Boolean false"},
           {"name.text.htmlChecks()", "{}"},
           {"id.htmlChecks()", "Boolean true"},
           {"active.htmlChecks()", "{}"},
           {"birthDate.htmlChecks()", "{}"},
           {"gender.htmlChecks()", "{}"},
           {"name[0].htmlChecks()", "{}"},
           {"address.htmlChecks()", "{}"},
           {"'<b>a</b>'.htmlChecks()", "Boolean true"},
           {"'<button>a</button>'.htmlChecks()", "Boolean false"},
           {"''.htmlChecks()", "Boolean false"},
           {"5.htmlChecks()", "{}"},
           {"{}.htmlChecks()", "{}"},
       }) {
    EXPECT_EQ(eval(expression, kPatient), expected) << expression;
  }
  EXPECT_EQ(
      eval("text.`div`.htmlChecks()", R"({"resourceType":"Patient","text":{"div":"<p>a</p>"}})"),
      "Boolean false");
  EvalOptions untyped;
  untyped.untyped = true;
  EXPECT_EQ(eval("text.`div`.htmlChecks()", kPatient, untyped), "Boolean true");
}

TEST(HtmlChecks, TakesStepsForLongText) {
  EvalOptions options;
  options.limits.max_evaluation_steps = 1000;
  const std::string json = R"({"text":")" + std::string(32'000, 'a') + R"("})";
  EXPECT_EQ(eval("text.htmlChecks()", json, options), "error expression-too-complex@0");
}

}  // namespace
}  // namespace fhirwall::fhirpath::test
