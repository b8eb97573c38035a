// SPDX-License-Identifier: Apache-2.0
// A rule file and a message, apart by a line "%%": whatever both are, every remark has a place in
// the file, and tests hit the same messages with and without the prefilter.
#include "filters/content/analysis.hpp"
#include "filters/rules/parser.hpp"
#include "filters/rules/rule_set.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>
#include <map>

namespace {
using namespace filters::rulebook;

RuleBook book_of(std::string_view text)
{
    Parser parser;
    parser.read(text, "input");
    return parser.take();
}

std::map<std::string, double> hits(const RuleSet& set, const MessageView& view, bool& gave_up)
{
    filters::PatternBudget budget{std::chrono::milliseconds{50}};
    const auto result = set.run(view, budget);
    gave_up |= result.is_spent || !result.gave_up.empty();
    std::map<std::string, double> found;
    for (std::size_t i = 0; i < set.tests().size(); ++i)
        found[set.tests()[i].name] = result.values[i];
    return found;
}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto mark = std::min(text.find("\n%%\n"), text.size());
    const auto rules = text.substr(0, mark);
    const auto mail = text.substr(std::min(mark + 4, text.size()));
    const auto lines = 1 + std::ranges::count(rules, '\n');
    auto book = book_of(rules), same = book_of(rules);
    const RuleSet set{book, {.has_all_tests = true}};
    const RuleSet slow{same, {.has_all_tests = true, .has_prefilter = false}};
    for (const auto& remark : book.remarks) {
        require(remark.complaint.line >= 0 && remark.complaint.line <= lines);
        require(remark.complaint.column >= 1 && !remark.complaint.to_string().empty());
    }
    const auto message = mail::Message::from_text(mail);
    const auto content = filters::content::analyse(message, {});
    const MessageView view{message, content};
    bool gave_up = false;
    const auto quick = hits(set, view, gave_up), whole = hits(slow, view, gave_up);
    require(gave_up || quick == whole);
    return 0;
}
