#include "core/base/encoding.hpp"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace fhirwall {
namespace {

std::optional<std::string> from_base64(std::string_view text, Base64 alphabet) {
  std::string out;
  return decode_base64(text, alphabet, out) ? std::optional(out) : std::nullopt;
}

std::optional<std::string> from_hex(std::string_view text) {
  std::string out;
  return decode_hex(text, out) ? std::optional(out) : std::nullopt;
}

// RFC 4648, section 10.
TEST(Encoding, WritesAndReadsBase64) {
  const struct {
    std::string_view bytes;
    std::string_view text;
  } rows[] = {{"", ""},
              {"f", "Zg=="},
              {"fo", "Zm8="},
              {"foo", "Zm9v"},
              {"foob", "Zm9vYg=="},
              {"fooba", "Zm9vYmE="},
              {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : rows) {
    for (const Base64 alphabet : {Base64::kStandard, Base64::kUrl}) {
      std::string out;
      append_base64(bytes, alphabet, out);
      EXPECT_EQ(out, text);
      EXPECT_EQ(from_base64(text, alphabet), bytes);
    }
  }
}

TEST(Encoding, TellsTheAlphabetsApart) {
  constexpr std::string_view kBytes = "\xFB\xEF\xFF";
  std::string standard;
  std::string url;
  append_base64(kBytes, Base64::kStandard, standard);
  append_base64(kBytes, Base64::kUrl, url);
  EXPECT_EQ(standard, "++//");
  EXPECT_EQ(url, "--__");
  EXPECT_EQ(from_base64(standard, Base64::kStandard), kBytes);
  EXPECT_EQ(from_base64(url, Base64::kUrl), kBytes);
  EXPECT_EQ(from_base64(standard, Base64::kUrl), std::nullopt);
  EXPECT_EQ(from_base64(url, Base64::kStandard), std::nullopt);
}

TEST(Encoding, RefusesWhatIsNoBase64) {
  for (const std::string_view text : {"Z", "Zg=", "Zg", "Zm9", "=", "====", "Z===", "Zg=a", "Z=g=",
                                      "Zm9v\n", "Zm 9v", "Zm9v====", "Zh==", "Zm9=", "Zm9v!!!!"}) {
    EXPECT_EQ(from_base64(text, Base64::kStandard), std::nullopt) << text;
  }
  EXPECT_EQ(from_base64("Zg", Base64::kUrl), "f");
  EXPECT_EQ(from_base64("Zm8", Base64::kUrl), "fo");
  for (const std::string_view text : {"Z", "Zg=", "Zh", "Zm9vZ", "Zm9"}) {
    EXPECT_EQ(from_base64(text, Base64::kUrl), std::nullopt) << text;
  }
}

TEST(Encoding, WritesAndReadsHex) {
  std::string out;
  append_hex(std::string_view("\x00\x7F\xAB\xFF", 4), out);
  EXPECT_EQ(out, "007fabff");
  EXPECT_EQ(from_hex("007fABff"), std::string("\x00\x7F\xAB\xFF", 4));
  EXPECT_EQ(from_hex(""), "");
  for (const std::string_view text : {"0", "0g", "g0", "0x00", " 00", "00 "}) {
    EXPECT_EQ(from_hex(text), std::nullopt) << text;
  }
}

TEST(Encoding, EscapesHtml) {
  std::string out;
  append_html_escaped("<a href=\"x\">R&D's</a> \u00E9", out);
  EXPECT_EQ(out, "&lt;a href=&quot;x&quot;&gt;R&amp;D&#39;s&lt;/a&gt; \u00E9");
  std::string back;
  append_html_unescaped(out, back);
  EXPECT_EQ(back, "<a href=\"x\">R&D's</a> \u00E9");
}

TEST(Encoding, ResolvesReferences) {
  const struct {
    std::string_view text;
    std::string_view expected;
  } rows[] = {
      {"", ""},
      {"&apos;&#39;&#x27;&#X27;", "''''"},
      {"&amp;lt;", "&lt;"},  // once
      {"&nbsp;&#233;&#x1F600;&#x10FFFF;", "\u00A0\u00E9\U0001F600\U0010FFFF"},
      // Kept: no references, or none that stand for a character.
      {"&", "&"},
      {"& & ;", "& & ;"},
      {"&;", "&;"},
      {"&#;&#x;&#0;", "&#;&#x;&#0;"},
      {"&eacute;", "&eacute;"},
      {"&LT;", "&LT;"},
      {"&#xD800;&#xDFFF;", "&#xD800;&#xDFFF;"},
      {"&#x110000;&#1114112;", "&#x110000;&#1114112;"},
      {"&#x99999999999999999999;", "&#x99999999999999999999;"},
      {"&#4294967361;", "&#4294967361;"},
      {"&#3a;", "&#3a;"},
      {"&am&lt;p;", "&am<p;"},
  };
  for (const auto& [text, expected] : rows) {
    std::string out;
    append_html_unescaped(text, out);
    EXPECT_EQ(out, expected) << text;
  }
}

TEST(Encoding, ResolvesJsonEscapes) {
  const struct {
    std::string_view text;
    std::string_view expected;
  } rows[] = {
      {"", ""},
      {R"(a\"b\\c\/d)", "a\"b\\c/d"},
      {R"(\b\f\n\r\t)", "\b\f\n\r\t"},
      {R"(\u0041\u00e9\u20AC\ud83d\uDE00)", "A\u00E9\u20AC\U0001F600"},
      {R"(\\u0041)", R"(\u0041)"},
      // Kept: no escapes of JSON.
      {R"(\1<2\)", R"(\1<2\)"},
      {R"(\u12)", R"(\u12)"},
      {R"(\u12g4)", R"(\u12g4)"},
      {R"(\ud83d)", R"(\ud83d)"},
      {R"(\ud83d\u0041)", R"(\ud83dA)"},
      {R"(\ude00\ud83d)", R"(\ude00\ud83d)"},
      {R"(\ud83dxxxxxx)", R"(\ud83dxxxxxx)"},
  };
  for (const auto& [text, expected] : rows) {
    std::string out;
    append_json_unescaped(text, out);
    EXPECT_EQ(out, expected) << text;
  }
}

}  // namespace
}  // namespace fhirwall
