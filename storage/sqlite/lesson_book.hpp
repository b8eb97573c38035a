// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/lessons.hpp"
#include "storage/sqlite/replaceable_database.hpp"

namespace storage::sqlite {
/// Lessons over lessons.db. One that is damaged is set aside and begun anew.
class LessonBook final : public Lessons {
public:
    LessonBook(const std::string& directory, Files& files);
    void keep(std::span<const KeptFeatures> kept) override;
    std::optional<std::string> kept(mail::MailId mail) override;
    std::uint64_t record(const Change& change) override;
    std::optional<Lesson> of(mail::MailId mail) override;
    std::vector<mail::MailId> taught(Lesson::Kind kind, std::size_t most) override;
    std::vector<Voice> voices(mail::MailId mail) override;
    std::size_t said(std::string_view who, WallTime since) override;
    void each_behind(std::uint64_t number, const std::function<void(Lesson)>& take) override;
    std::uint64_t last() override;
    std::map<std::string, double, std::less<>> offsets() override;
    bool sweep(const Sweep& sweep) override;

private:
    ReplaceableDatabase database_;
};
}
