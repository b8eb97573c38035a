// SPDX-License-Identifier: Apache-2.0
// What tests/bench/rules_differential compares with SpamAssassin: which tests of rule files hit,
// and what they look at. One line of JSON a message, octets as characters U+0000 to U+00FF.
//   rules_oracle [--views] [--no-prefilter] [--scored] RULES... -- < list of message files
#include "filters/content/analysis.hpp"
#include "filters/rules/load.hpp"
#include "filters/rules/rule_set.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

namespace {
using namespace filters::rulebook;

std::string quoted(std::string_view text)
{
    std::string out = "\"";
    for (const char c : text) {
        constexpr std::string_view digits = "0123456789abcdef";
        const auto octet = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (octet < 0x20 || octet > 0x7E)
            ((out += "\\u00") += digits[octet >> 4]) += digits[octet & 15];
        else
            out += c;
    }
    return out + '"';
}

template <class Texts> std::string list(const Texts& texts)
{
    std::string out;
    for (const auto& text : texts)
        out += (out.empty() ? "[" : ",") + quoted(text);
    return out.empty() ? "[]" : out + "]";
}

std::string views(const MessageView& view)
{
    std::string out = ",\"body\":" + list(view.body()) + ",\"rawbody\":" + list(view.rawbody())
        + ",\"uri\":" + list(view.uris()) + ",\"h\":{";
    bool is_first = true;
    for (const auto* name :
         {"ALL", "ALL:raw", "ToCc", "EnvelopeFrom", "MESSAGEID", "X-Spam-Relays-Untrusted",
          "X-Spam-Relays-Trusted", "X-Spam-Relays-External", "X-Spam-Relays-Internal", "Subject",
          "Subject:raw", "From", "From:addr", "From:name", "To:addr", "To:name", "Reply-To:addr",
          "Received", "Content-Type"}) {
        const auto* value = view.headers().find(name);
        out += (is_first ? "" : ",") + quoted(name) + ":"
            + (value == nullptr ? std::string{"null"} : quoted(*value));
        is_first = false;
    }
    return out + "}";
}

void judge(const std::string& path, const RuleSet& set, bool has_views, Costs& costs)
{
    std::ifstream file{path, std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{file}, {}};
    std::string lines;
    for (const char c : text)
        lines += c == '\n' && !lines.ends_with('\r') ? "\r\n" : std::string(1, c);
    const auto message = mail::Message::from_text(lines);
    const auto content = filters::content::analyse(message, {});
    const auto start = std::chrono::steady_clock::now();
    const MessageView view{message, content};
    filters::PatternBudget budget{std::chrono::seconds{2}};
    const auto result = set.run(view, budget, costs);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
    std::string out = "{\"path\":" + quoted(path) + ",\"hits\":{";
    bool is_first = true;
    for (std::size_t i = 0; i < set.tests().size(); ++i)
        if (result.values[i] != 0) {
            out += (is_first ? "" : ",") + quoted(set.tests()[i].name) + ":"
                + std::to_string(result.values[i]);
            is_first = false;
        }
    out += "},\"gave_up\":" + std::to_string(result.gave_up.size())
        + ",\"seconds\":" + std::to_string(time.count());
    std::puts((out + (has_views ? views(view) : "") + "}").c_str());
}
}

int main(int count, char** words)
{
    RuleSetOptions options{.has_all_tests = true};
    bool has_views = false, has_costs = false;
    std::vector<std::string> paths;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word == "--views")
            has_views = true;
        else if (word == "--costs")
            has_costs = true;
        else if (word == "--no-prefilter")
            options.has_prefilter = false;
        else if (word == "--scored")
            options.has_all_tests = false;
        else if (word != "--")
            paths.push_back(word);
    }
    auto book = load_rules(paths);
    const RuleSet set{book, options};
    for (const auto& remark : book.remarks)
        if (remark.severity != Remark::Severity::elsewhere)
            std::fprintf(stderr, "%s\n", remark.complaint.to_string().c_str());
    std::string known;
    for (const auto& test : set.tests())
        known += (known.empty() ? "" : ",") + quoted(test.name);
    std::puts(("{\"tests\":[" + known + "]}").c_str());
    Costs costs(has_costs ? set.tests().size() : 0);
    for (std::string path; std::getline(std::cin, path);)
        judge(path, set, has_views, costs);
    for (std::size_t i = 0; i < costs.size(); ++i)
        std::fprintf(stderr, "cost %lld %llu %llu %s %s\n",
                     static_cast<long long>(costs[i].time.count()),
                     static_cast<unsigned long long>(costs[i].runs),
                     static_cast<unsigned long long>(costs[i].hits), set.tests()[i].name.c_str(),
                     set.tests()[i].has_literals ? "literals" : "always");
}
