#include "grammar/path/dump.hpp"

namespace fhirwall::grammar::path {

std::string dump(const Path& path) {
  std::string text = "(path";
  for (const Step& step : path.steps) {
    text += ' ';
    text += step.name;
    if (step.any_choice) {
      text += "[x]";
    }
    if (step.has_url) {
      text += "('";
      for (const char c : step.url) {
        if (c == '\'' || c == '\\') {
          text += '\\';
        }
        text += c;
      }
      text += "')";
    }
  }
  text += ')';
  return text;
}

}  // namespace fhirwall::grammar::path
