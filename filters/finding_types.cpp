// SPDX-License-Identifier: Apache-2.0
#include "filters/finding_types.hpp"

#include "gateway/mail/account.hpp"

#include <algorithm>
#include <cassert>
#include <deque>
#include <unordered_map>

namespace filters {
namespace {
/// Facts that no layer makes: the framing of DATA and the scan itself.
const std::vector<FindingType>& other_findings()
{
    static const std::vector<FindingType> findings{
        {.name = "data.long_line",
         .english = "A line of the message is longer than 998 octets.",
         .japanese = "998オクテットを超える行があります。"},
        {.name = "data.too_long_line",
         .english = "A line of the message is too long to be passed on unseen: {} octets.",
         .japanese = "行が長すぎるため、そのままでは渡せません: {}オクテット",
         .is_overriding = true,
         .action = mail::Action::quarantine},
        {.name = "data.nul",
         .english = "NUL octets of a listed client were left out.",
         .japanese = "許可されたクライアントのNULオクテットを取り除きました。"},
        {.name = "data.bare_line_end",
         .english = "A bare CR or LF of a listed client was mended.",
         .japanese = "許可されたクライアントの単独のCRまたはLFを修正しました。"},
        {.name = mail::account_fact,
         .english = "Sent by the account {}.",
         .japanese = "アカウント{}から送信されました。"},
        {.name = "content.unscannable",
         .english = "The message could not be analysed: {}",
         .japanese = "メッセージを解析できませんでした: {}",
         .is_overriding = true,
         .action = mail::Action::quarantine},
        {.name = "content.not_scanned",
         .english = "The message was not analysed and has to come again: {}",
         .japanese = "解析できなかったため再送が必要です: {}"},
    };
    return findings;
}

struct Table {
    std::unordered_map<std::string_view, const FindingType*> types;
    std::vector<std::string_view> names;
    std::deque<std::string> error_names;
    std::deque<FindingType> errors;

    Table()
    {
        for (const auto& type : other_findings())
            add(type);
        for (const LayerType* layer : layer_types()) {
            for (const auto& type : layer->findings)
                add(type);
            error_names.push_back(std::string{layer->name} + ".error");
            errors.push_back({.name = error_names.back(),
                              .english = "The layer could not do its work: {}",
                              .japanese = "このレイヤーは処理できませんでした: {}"});
            add(errors.back());
        }
        std::sort(names.begin(), names.end());
    }
    void add(const FindingType& type)
    {
        const bool is_new = types.emplace(type.name, &type).second;
        assert(is_new && "two layers make a finding of the same name");
        if (is_new)
            names.push_back(type.name);
    }
};

const Table& table()
{
    static const Table table;
    return table;
}
}

const FindingType* finding_type(std::string_view name)
{
    const auto found = table().types.find(name);
    return found == table().types.end() ? nullptr : found->second;
}

const std::vector<std::string_view>& finding_names() { return table().names; }

std::string_view error_name(std::string_view layer)
{
    const auto* type = finding_type(std::string{layer} + ".error");
    return type ? type->name : "layer.error";
}

std::string filled(std::string_view sentence, std::string_view detail)
{
    const auto at = sentence.find("{}");
    if (at == std::string_view::npos)
        return std::string{sentence};
    std::string clean{detail.substr(0, 200)};
    for (char& c : clean)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
            c = '?';
    return std::string{sentence.substr(0, at)} + clean + std::string{sentence.substr(at + 2)};
}
}
