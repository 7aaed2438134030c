#include "core/redact/repair_align.hpp"

#include <algorithm>

namespace fhirwall::redact {

using json::Document;
using json::kNoNode;
using json::NodeIndex;

namespace {

// Entries without a partner at their own position, times the entries that were shown: what is
// compared with one another (SPEC P8).
constexpr std::size_t kMaxPairs = 4u << 20;

class Aligner {
 public:
  Aligner(const Document& before, const std::vector<StoredEntry>& stored, const Document& after,
          const std::vector<SentEntry>& sent, StoredView& view,
          std::vector<std::uint32_t>& partners)
      : before_(before),
        stored_(stored),
        after_(after),
        sent_(sent),
        view_(view),
        partners_(partners) {
    for (std::uint32_t i = 0; i < stored.size(); ++i) {
      if (stored[i].shown()) {
        shown_.push_back(i);
      }
    }
    partners.assign(sent.size(), kNewEntry);
  }

  bool align(fhir::TypeId type) {
    if (shown_.empty() || sent_.empty()) {
      return true;
    }
    bool decided = false;
    if (!by_key("id", false, decided)) {
      return false;
    }
    if (!decided && type == fhir::well_known().extension && !by_key("url", true, decided)) {
      return true;  // a url twice is nothing wrong: it tells nothing then
    }
    return decided || by_value();
  }

 private:
  // The text of a member; empty: there is none that identifies the entry.
  static std::string_view text_of(const Document& document, NodeIndex entry, std::string_view key,
                                  NodeIndex& node) {
    node = entry == kNoNode ? kNoNode : document.find(entry, key);
    return node == kNoNode || !document.is_string(node) || document[node].escaped
               ? std::string_view()
               : document.raw_string(node);
  }
  // An id of a position in a primitive array stands in `_x`.
  std::string_view stored_text(std::uint32_t entry, std::string_view key) const {
    for (const Stored& part : {stored_[entry].value, stored_[entry].sibling}) {
      NodeIndex node = kNoNode;
      const std::string_view text =
          part.shown() ? text_of(before_, part.node, key, node) : std::string_view();
      if (!text.empty() && view_.child(part, node).shown()) {
        return text;
      }
    }
    return {};
  }
  std::string_view sent_text(const SentEntry& entry, std::string_view key) const {
    NodeIndex node = kNoNode;
    const std::string_view text = text_of(after_, entry.value, key, node);
    return text.empty() ? text_of(after_, entry.sibling, key, node) : text;
  }

  // False: the texts that were sent contradict each other.
  bool by_key(std::string_view key, bool all, bool& decided) {
    TextIndex stored;
    for (const std::uint32_t entry : shown_) {
      const std::string_view text = stored_text(entry, key);
      if (text.empty()) {
        return true;
      }
      stored.add(text, entry);
    }
    if (!stored.sort()) {
      return true;
    }
    TextIndex sent;
    std::size_t keyed = 0;
    for (std::uint32_t i = 0; i < sent_.size(); ++i) {
      const std::string_view text = sent_text(sent_[i], key);
      if (!text.empty()) {
        sent.add(text, i);
        partners_[i] = stored.find(text);
        ++keyed;
      }
    }
    decided = all ? keyed == sent_.size() && sent.sort() : keyed != 0;
    if (!decided) {
      std::fill(partners_.begin(), partners_.end(), kNewEntry);
    }
    return !decided || all || sent.sort();
  }

  bool same(std::uint32_t stored, std::uint32_t sent) {
    return same_part(stored_[stored].value, sent_[sent].value) &&
           same_part(stored_[stored].sibling, sent_[sent].sibling);
  }
  // In a position, `null` says that nothing stands there.
  bool same_part(const Stored& stored, NodeIndex sent) {
    const bool nothing = !stored.shown() || stored.view == View::kNull ||
                         before_.kind(stored.node) == json::Kind::kNull;
    const bool nothing_sent = sent == kNoNode || after_.kind(sent) == json::Kind::kNull;
    return nothing || nothing_sent ? nothing == nothing_sent : view_.same(stored, sent);
  }

  bool by_value() {
    std::vector<bool> taken(shown_.size());
    std::size_t left = sent_.size();
    const auto match = [&](std::uint32_t i, std::uint32_t j) {
      partners_[i] = shown_[j];
      taken[j] = true;
      --left;
    };
    for (std::uint32_t i = 0; i < sent_.size() && i < shown_.size(); ++i) {
      if (same(shown_[i], i)) {
        match(i, i);
      }
    }
    if (left * shown_.size() > kMaxPairs) {
      return false;
    }
    bool moved = false;
    for (std::uint32_t i = 0; i < sent_.size(); ++i) {
      for (std::uint32_t j = 0; partners_[i] == kNewEntry && j < shown_.size(); ++j) {
        if (!taken[j] && same(shown_[j], i)) {
          match(i, j);
          moved = true;
        }
      }
    }
    if (view_.exhausted()) {
      return false;
    }
    if (left == 0 || sent_.size() - left == shown_.size()) {
      return true;
    }
    if (moved || sent_.size() != shown_.size()) {
      return false;
    }
    for (std::uint32_t i = 0; i < sent_.size(); ++i) {
      if (partners_[i] != kNewEntry) {
        continue;
      }
      const std::string_view before = stored_text(shown_[i], "id");
      const std::string_view after = sent_text(sent_[i], "id");
      if (!before.empty() && !after.empty() && before != after) {
        return false;
      }
      partners_[i] = shown_[i];
    }
    return true;
  }

  const Document& before_;
  const std::vector<StoredEntry>& stored_;
  const Document& after_;
  const std::vector<SentEntry>& sent_;
  StoredView& view_;
  std::vector<std::uint32_t>& partners_;
  std::vector<std::uint32_t> shown_;
};

}  // namespace

bool align(const Document& before, const std::vector<StoredEntry>& stored, const Document& after,
           const std::vector<SentEntry>& sent, fhir::TypeId type, StoredView& view,
           std::vector<std::uint32_t>& partners) {
  return Aligner(before, stored, after, sent, view, partners).align(type);
}

}  // namespace fhirwall::redact
