// SPDX-License-Identifier: Apache-2.0
#include "filters/rules/replace_tags.hpp"

#include "gateway/mail/ascii.hpp"

#include <algorithm>
#include <array>

namespace filters::rulebook {
namespace {
constexpr std::size_t most_octets = 64U << 10;
constexpr int most_passes = 3; ///< tags may hold tags

class Replacer {
public:
    explicit Replacer(const RuleBook& book) : book_{book} { }

    std::string run(std::string_view expression)
    {
        std::string text = choose_surroundings(expression);
        for (int pass = 0; pass < most_passes; ++pass) {
            auto next = replaced(text, pass == 0);
            if (next == text)
                break;
            text = std::move(next);
        }
        return text;
    }

    std::string run_with_calls(std::string_view expression)
    {
        is_calling_ = true;
        std::string text = replaced(choose_surroundings(expression), true);
        std::string front;
        // Tags in tags are called, too.
        for (std::size_t i = 0; i < called_.size() && front.size() < most_octets; ++i) {
            const std::string name = called_[i];
            front += "(?<" + name + ">" + replaced(book_.replace_tags.at(name), false) + ")";
        }
        return "(?(DEFINE)" + front + ")" + text;
    }

private:
    using Table = std::map<std::string, std::string>;

    /// Takes "<inter X>" and its likes out.
    std::string choose_surroundings(std::string_view text)
    {
        struct Word {
            std::string_view name;
            const Table& table;
            std::string& chosen;
        };
        const std::array<Word, 3> words{{{"pre ", book_.replace_pre, pre_},
                                         {"inter ", book_.replace_inter, inter_},
                                         {"post ", book_.replace_post, post_}}};
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            const auto inside = tag_at(text, i);
            const auto* word = std::ranges::find_if(
                words, [&](const Word& one) { return inside.starts_with(one.name); });
            const auto known = word == words.end()
                ? Table::const_iterator{}
                : word->table.find(std::string{inside.substr(word->name.size())});
            if (word != words.end() && known != word->table.end()) {
                word->chosen = known->second;
                i += inside.size() + 1;
            } else
                out += text[i];
        }
        return out;
    }

    std::string_view tag_at(std::string_view text, std::size_t at) const
    {
        constexpr std::size_t longest_name = 64;
        if (text[at] != book_.replace_start)
            return {};
        const auto end = text.substr(0, at + longest_name).find(book_.replace_end, at);
        return end == std::string_view::npos ? std::string_view{}
                                             : text.substr(at + 1, end - at - 1);
    }

    std::string replaced(std::string_view text, bool is_with_surroundings)
    {
        std::string out;
        bool is_behind_tag = false;
        for (std::size_t i = 0; i < text.size() && out.size() < most_octets; ++i) {
            const auto name = tag_at(text, i);
            const auto known = name.empty() ? book_.replace_tags.end()
                                            : book_.replace_tags.find(std::string{name});
            if (known == book_.replace_tags.end()) {
                out += text[i];
                is_behind_tag = false;
                continue;
            }
            const std::string tag = is_calling_ ? "(?&" + known->first + ")" : known->second;
            if (is_calling_ && std::ranges::find(called_, known->first) == called_.end())
                called_.push_back(known->first);
            if (is_with_surroundings)
                out += (is_behind_tag ? inter_ : "") + pre_ + tag + post_;
            else
                out += tag;
            is_behind_tag = true;
            i += name.size() + 1;
        }
        return out;
    }

    const RuleBook& book_;
    std::string pre_, inter_, post_;
    bool is_calling_ = false;
    std::vector<std::string> called_;
};
}

std::string replace_tags(std::string_view expression, const RuleBook& book)
{
    return Replacer{book}.run(expression);
}

std::string replace_tags_by_calls(std::string_view expression, const RuleBook& book)
{
    return Replacer{book}.run_with_calls(expression);
}
}
