#include "core/base/regex/regex.hpp"

#include <algorithm>
#include <vector>

#include "core/base/regex/code_points.hpp"
#include "core/base/regex/match.hpp"
#include "core/base/regex/program.hpp"
#include "core/base/regex/replacement.hpp"

namespace fhirwall {
namespace {

using regex::Matcher;
using regex::Piece;
using regex::Program;

// Places in a text are 32 bits wide.
constexpr std::size_t kMaxText = 0xFFFFFFF0;

std::optional<bool> run(const Program& program, const regex::Dfa& dfa, bool whole,
                        std::string_view text, std::uint64_t& budget) {
  if (text.size() > kMaxText) {
    budget = 0;
    return std::nullopt;
  }
  return dfa.cells.empty() ? Matcher(program, text, 0).find(0, whole, budget)
                           : run_dfa(program, dfa, text, budget);
}

// Appends to a text, up to a number of bytes.
class Output {
 public:
  Output(std::string& text, std::size_t max) : text_(text), left_(max) {}

  [[nodiscard]] bool append(std::string_view part) {
    if (part.size() > left_) {
      return false;
    }
    left_ -= part.size();
    text_ += part;
    return true;
  }

 private:
  std::string& text_;
  std::size_t left_;
};

bool append_pieces(const std::vector<Piece>& pieces, std::string_view text,
                   const std::vector<std::uint32_t>& captures, Output& out) {
  return std::all_of(pieces.begin(), pieces.end(), [&](const Piece& piece) {
    if (piece.group == regex::kNone) {
      return out.append(piece.text);
    }
    const std::uint32_t begin = captures[2 * piece.group];
    const std::uint32_t end = captures[2 * piece.group + 1];
    return begin == regex::kNone || end == regex::kNone ||
           out.append(text.substr(begin, end - begin));
  });
}

}  // namespace

Regex::CompileResult Regex::compile(std::string_view pattern, const Options& options) {
  CompileResult result;
  const auto refuse = [&](std::string_view message) {
    result.message = message;
    result.too_large = true;
    return std::move(result);
  };
  if (pattern.size() > kMaxText) {
    return refuse("the pattern is too long");
  }
  regex::SyntaxTree tree;
  if (!regex::parse(pattern, options, tree, result)) {
    return result;
  }
  auto program = std::make_shared<Program>();
  if (!regex::emit_states(tree, *program)) {
    return refuse("the pattern needs too many states");
  }
  if (!regex::build_alphabet(tree, program->alphabet)) {
    return refuse("there are too many different characters");
  }
  regex::find_first_symbols(*program);
  regex::build_dfa(*program, false, program->search);
  regex::build_dfa(*program, true, program->whole);
  result.regex = Regex(std::move(program));
  return result;
}

std::optional<bool> Regex::search(std::string_view text, std::uint64_t& budget) const {
  return run(*program_, program_->search, false, text, budget);
}

std::optional<bool> Regex::matches_whole(std::string_view text, std::uint64_t& budget) const {
  return run(*program_, program_->whole, true, text, budget);
}

bool Regex::replace(std::string_view text, std::string_view replacement, std::size_t max_output,
                    std::uint64_t& budget, std::string& out) const {
  Output output(out, max_output);
  const std::optional<bool> any = search(text, budget);
  if (!any || !*any) {
    return any && output.append(text);
  }
  const std::vector<Piece> pieces = regex::parse_replacement(replacement, program_->group_names);
  std::uint32_t last_group = 0;
  for (const Piece& piece : pieces) {
    last_group = piece.group != regex::kNone ? std::max(last_group, piece.group) : last_group;
  }
  Matcher matcher(*program_, text, 2 * (std::size_t{last_group} + 1));
  std::size_t copied = 0;
  for (std::size_t from = 0; from <= text.size();) {
    const std::optional<bool> found = matcher.find(from, false, budget);
    if (!found) {
      return false;
    }
    if (!*found) {
      break;
    }
    const std::size_t begin = matcher.captures()[0];
    const std::size_t end = matcher.captures()[1];
    if (!output.append(text.substr(copied, begin - copied)) ||
        !append_pieces(pieces, text, matcher.captures(), output)) {
      return false;
    }
    copied = end;
    // Behind an empty match the search goes on one code point later.
    from = end + (end > begin ? 0 : end < text.size() ? regex::decode(text, end).length : 1);
  }
  return output.append(text.substr(copied));
}

}  // namespace fhirwall
