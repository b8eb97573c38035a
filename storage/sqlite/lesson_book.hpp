// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "storage/files.hpp"
#include "storage/lessons.hpp"
#include "storage/sqlite/database.hpp"

namespace storage::sqlite {
/// Lessons over lessons.db. One that is damaged is set aside and begun anew.
class LessonBook final : public Lessons {
public:
    LessonBook(const std::string& directory, Files& files);
    void keep(std::span<const KeptFeatures> kept) override;
    std::optional<std::string> kept(mail::MailId mail) override;
    std::uint64_t record(const Lesson& lesson,
                         const std::optional<std::pair<std::string, double>>& offset) override;
    std::optional<Lesson> of(mail::MailId mail) override;
    void each_behind(std::uint64_t number, const std::function<void(Lesson)>& take) override;
    std::map<std::string, double, std::less<>> offsets() override;
    void sweep(WallTime before, std::size_t most, std::uint64_t saved) override;

private:
    void open();
    void open_or_renew();
    Database& database();
    void checkpoint_if_long();
    std::string path_;
    Files& files_;
    std::unique_ptr<Database> database_;
};
}
