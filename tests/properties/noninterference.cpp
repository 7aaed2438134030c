// Makes pairs of a policy and two bodies that differ only in what the policy hides, and requires
// the same answers, byte for byte (SPEC P3).
//
//   noninterference --pairs N --seed S     a long run; the seed is printed
//   --case I                               only the policy of number I, as a failure names it
//   --shrink                               makes failing pairs small
//   --regressions FOLDER                   replays its files first; failures are written there
//   --failures M                           goes on until M pairs failed; default 1
//   --stub nothing|object|input|error      not the engine: the run has to fail
//
// Exit status: 0 when all pairs hold and enough of them prove something, 1 otherwise.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/properties/case_file.hpp"
#include "tests/properties/pairs.hpp"

namespace {

using namespace fhirwall;
using namespace fhirwall::properties;

struct Options {
  std::uint64_t pairs = 20000;
  std::uint64_t seed = 1;
  std::int64_t only = -1;
  std::uint64_t failures = 1;
  bool shrink = false;
  std::string regressions;
  Stub stub = Stub::kNone;
};

// Shares below these make a run fail: it would pass with an engine that does nothing.
constexpr double kReleased = 0.45;   // pairs with an answer that is not empty
constexpr double kDifferent = 0.60;  // pairs whose texts differ
constexpr double kCut = 0.35;        // pairs of which something was released and something not
constexpr double kKept = 0.80;       // bytes that are released, of those that may be
constexpr double kOfOption = 0.005;  // pairs of each option and kind of body

class Run {
 public:
  explicit Run(const Options& options) : options_(options), checker_(options.stub) {}

  int all() {
    replay();
    const auto begun = std::chrono::steady_clock::now();
    for (std::uint64_t number = options_.only < 0 ? 0 : static_cast<std::uint64_t>(options_.only);
         total_.pairs < options_.pairs && failed_ < options_.failures; ++number) {
      policy(number);
      if (options_.only >= 0) {
        break;
      }
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    report(seconds.count());
    return failed_ == 0 && (options_.only >= 0 || proves()) ? 0 : 1;
  }

 private:
  void replay() {
    if (options_.regressions.empty() || !std::filesystem::exists(options_.regressions)) {
      return;
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(options_.regressions)) {
      files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      const auto one = from_file(text);
      Measure measure;
      if (!one || !checker_.use(one->policy)) {
        fail_file(file, "cannot be read");
      } else if (const auto failure = checker_.check(*one, measure)) {
        fail_file(file, failure->what + "\n  a: " + failure->a + "\n  b: " + failure->b);
      } else if (measure.pairs == 0) {
        fail_file(file, "is no pair");
      }
    }
    std::printf("%zu regressions replayed, %llu failed\n", files.size(),
                static_cast<unsigned long long>(failed_));
  }

  void fail_file(const std::filesystem::path& file, const std::string& why) {
    ++failed_;
    std::printf("%s: %s\n", file.filename().c_str(), why.c_str());
  }

  void policy(std::uint64_t number) {
    Random random(mixed(options_.seed, number));
    Pairs pairs(random, checker_);
    ++policies_;
    if (!pairs.usable()) {
      ++unusable_;
      return;
    }
    for (int body = 0; body < 4; ++body) {
      if (!pairs.next_body()) {
        continue;
      }
      for (int pair = 0; pair < 4; ++pair) {
        const Case& one = pairs.next_pair();
        Measure measure;
        if (const auto failure = checker_.check(one, measure)) {
          fail(number, one, *failure);
          return;
        }
        count(one, measure);
      }
    }
  }

  void fail(std::uint64_t number, const Case& failing, const Failure& failure) {
    ++failed_;
    std::printf("\nFAILED: %s (--seed %llu --case %llu)\n", failure.what.c_str(),
                static_cast<unsigned long long>(options_.seed),
                static_cast<unsigned long long>(number));
    if (options_.stub != Stub::kNone) {
      return;
    }
    Case one = failing;
    Failure said = failure;
    if (options_.shrink) {
      one = shrunk(checker_, std::move(one), failure);
      Measure measure;
      (void)checker_.use(one.policy);
      said = checker_.check(one, measure).value_or(failure);
    }
    std::printf(
        "policy %s\n%s\na: %s\nb: %s\nanswer a: %s\nanswer b: %s\n", written(one.policy).c_str(),
        std::string(policy::interaction_name(one.interaction)).c_str(), text_of(one, one.a).c_str(),
        text_of(one, one.b).c_str(), said.a.c_str(), said.b.c_str());
    if (!options_.regressions.empty()) {
      std::filesystem::create_directories(options_.regressions);
      const std::string file = options_.regressions + "/seed" + std::to_string(options_.seed) +
                               "-" + std::to_string(number) + ".json";
      std::ofstream(file, std::ios::binary) << to_file(one, said.what);
      std::printf("written to %s\n", file.c_str());
    }
  }

  // Every option and kind of body has its own row.
  void count(const Case& one, const Measure& measure) {
    total_.add(measure);
    if (const Node* const options = one.policy.find("options")) {
      for (const Node& option : options->children) {
        row(option.name + " " + (option.is_string() ? option.string() : option.text), measure);
      }
    } else {
      row("no option", measure);
    }
    row(std::string(policy::interaction_name(one.interaction)) +
            (one.kind == BodyKind::kLines                  ? " lines"
             : one.kind == BodyKind::kBatch                ? " batch"
             : one.a.string_at("resourceType") == "Bundle" ? " Bundle"
                                                           : " resource"),
        measure);
    row(one.style.newline.empty() ? "in one line" : "indented", measure);
  }

  void row(const std::string& name, const Measure& measure) {
    for (auto& [known, sum] : rows_) {
      if (known == name) {
        sum.add(measure);
        return;
      }
    }
    rows_.emplace_back(name, measure);
  }

  static double share(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }

  void print(const std::string& name, const Measure& measure) const {
    std::printf(
        "%-28s %9llu pairs  released %3.0f %%  different %3.0f %%  cut %3.0f %%  kept %3.0f %%\n",
        name.c_str(), static_cast<unsigned long long>(measure.pairs),
        100 * share(measure.released, measure.pairs), 100 * share(measure.different, measure.pairs),
        100 * share(measure.cut, measure.pairs),
        100 * share(measure.out_bytes, measure.view_bytes));
  }

  void report(double seconds) {
    std::sort(rows_.begin(), rows_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [name, measure] : rows_) {
      print(name, measure);
    }
    print("all", total_);
    std::printf(
        "seed %llu: %llu pairs of %llu policies (%llu do not compile), %llu failed, %.1f s\n",
        static_cast<unsigned long long>(options_.seed),
        static_cast<unsigned long long>(total_.pairs), static_cast<unsigned long long>(policies_),
        static_cast<unsigned long long>(unusable_), static_cast<unsigned long long>(failed_),
        seconds);
  }

  [[nodiscard]] bool proves() const {
    bool enough = true;
    const auto floor = [&](const char* what, double is, double least) {
      if (is < least) {
        std::printf("too few: %s %.3f, at least %.3f\n", what, is, least);
        enough = false;
      }
    };
    floor("released", share(total_.released, total_.pairs), kReleased);
    floor("different", share(total_.different, total_.pairs), kDifferent);
    floor("cut", share(total_.cut, total_.pairs), kCut);
    floor("kept", share(total_.out_bytes, total_.view_bytes), kKept);
    floor("policies that compile", 1 - share(unusable_, policies_), 0.5);
    for (const auto& [name, measure] : rows_) {
      floor(name.c_str(), share(measure.pairs, total_.pairs), kOfOption);
      floor((name + ", released").c_str(), share(measure.released, measure.pairs), kReleased / 3);
      floor((name + ", cut").c_str(), share(measure.cut, measure.pairs), kCut / 4);
    }
    return enough;
  }

  Options options_;
  Checker checker_;
  Measure total_;
  std::vector<std::pair<std::string, Measure>> rows_;
  std::uint64_t policies_ = 0;
  std::uint64_t unusable_ = 0;
  std::uint64_t failed_ = 0;
};

bool read_options(int argc, char** argv, Options& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--shrink") {
      out.shrink = true;
      continue;
    }
    if (i + 1 == argc) {
      return false;
    }
    const std::string value = argv[++i];
    if (name == "--pairs") {
      out.pairs = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--seed") {
      out.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--case") {
      out.only = std::strtoll(value.c_str(), nullptr, 10);
    } else if (name == "--failures") {
      out.failures = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "--regressions") {
      out.regressions = value;
    } else if (name == "--stub") {
      out.stub = value == "nothing"  ? Stub::kNothing
                 : value == "object" ? Stub::kEmptyObject
                 : value == "input"  ? Stub::kInput
                                     : Stub::kError;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fprintf(stderr, "see the head of tests/properties/noninterference.cpp\n");
    return 2;
  }
  return Run(options).all();
}
