// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/storage/faulty_disk.hpp"

#include <catch2/catch.hpp>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <sqlite3.h>
#include <system_error>

namespace {
constexpr std::size_t sector = 512;

void apply(std::string& image, std::int64_t offset, std::string_view bytes)
{
    const auto start = static_cast<std::size_t>(offset);
    if (image.size() < start + bytes.size())
        image.resize(start + bytes.size(), '\0');
    image.replace(start, bytes.size(), bytes);
}
}

/// One open file of SQLite: the real one stands right behind it in memory.
struct DiskFile {
    sqlite3_file base;
    FaultyDisk* disk;
    const char* path;
    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
    static DiskFile* of(sqlite3_file* file) { return reinterpret_cast<DiskFile*>(file); }

    static int close(sqlite3_file* file)
    {
        return of(file)->real()->pMethods->xClose(of(file)->real());
    }
    static int read(sqlite3_file* file, void* to, int size, sqlite3_int64 offset)
    {
        if (of(file)->disk->is_cut_)
            return SQLITE_IOERR_READ;
        if (const int code = of(file)->disk->before_read(of(file)->path))
            return code;
        return of(file)->real()->pMethods->xRead(of(file)->real(), to, size, offset);
    }
    static int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 offset)
    {
        auto* self = of(file);
        if (const int code = self->disk->before_write(self->path))
            return code;
        const int code = self->real()->pMethods->xWrite(self->real(), from, size, offset);
        if (code == SQLITE_OK)
            self->disk->wrote(self->path, {offset,
                                           {static_cast<const char*>(from),
                                            static_cast<std::size_t>(size)},
                                           false});
        return code;
    }
    static int truncate(sqlite3_file* file, sqlite3_int64 size)
    {
        auto* self = of(file);
        if (const int code = self->disk->before_write(self->path))
            return code;
        const int code = self->real()->pMethods->xTruncate(self->real(), size);
        if (code == SQLITE_OK)
            self->disk->wrote(self->path, {size, {}, true});
        return code;
    }
    static int sync(sqlite3_file* file, int flags)
    {
        auto* self = of(file);
        if (const int code = self->disk->before_sync(self->path))
            return code;
        const int code = self->real()->pMethods->xSync(self->real(), flags);
        if (code == SQLITE_OK)
            self->disk->synced(self->path);
        return code;
    }
    static int size(sqlite3_file* file, sqlite3_int64* size)
    {
        return of(file)->real()->pMethods->xFileSize(of(file)->real(), size);
    }
    static int lock(sqlite3_file* file, int level)
    {
        return of(file)->real()->pMethods->xLock(of(file)->real(), level);
    }
    static int unlock(sqlite3_file* file, int level)
    {
        return of(file)->real()->pMethods->xUnlock(of(file)->real(), level);
    }
    static int is_reserved(sqlite3_file* file, int* result)
    {
        return of(file)->real()->pMethods->xCheckReservedLock(of(file)->real(), result);
    }
    static int control(sqlite3_file* file, int code, void* argument)
    {
        return of(file)->real()->pMethods->xFileControl(of(file)->real(), code, argument);
    }
    static int sector_size(sqlite3_file*) { return sector; }
    static int traits(sqlite3_file*) { return 0; }
    static int share_map(sqlite3_file* file, int page, int size, int extend, void volatile** map)
    {
        return of(file)->real()->pMethods->xShmMap(of(file)->real(), page, size, extend, map);
    }
    static int share_lock(sqlite3_file* file, int offset, int count, int flags)
    {
        return of(file)->real()->pMethods->xShmLock(of(file)->real(), offset, count, flags);
    }
    static void share_barrier(sqlite3_file* file)
    {
        of(file)->real()->pMethods->xShmBarrier(of(file)->real());
    }
    static int share_unmap(sqlite3_file* file, int remove)
    {
        return of(file)->real()->pMethods->xShmUnmap(of(file)->real(), remove);
    }
    static const sqlite3_io_methods methods;

    static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out)
    {
        auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
        auto* self = new (file) DiskFile{{nullptr}, disk, path ? path : ""};
        if (disk->is_cut_)
            return SQLITE_CANTOPEN;
        auto* real = sqlite3_vfs_find(nullptr);
        const int code = real->xOpen(real, path, self->real(), flags, out);
        if (self->real()->pMethods)
            self->base.pMethods = &methods;
        if (code == SQLITE_OK)
            disk->opened(self->path);
        return code;
    }
    static int remove(sqlite3_vfs* vfs, const char* path, int sync)
    {
        auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
        if (disk->is_cut_)
            return SQLITE_IOERR_DELETE;
        disk->removed(path);
        auto* real = sqlite3_vfs_find(nullptr);
        return real->xDelete(real, path, sync);
    }
};

const sqlite3_io_methods DiskFile::methods{
    2, &close, &read, &write, &truncate, &sync, &size, &lock, &unlock, &is_reserved, &control,
    &sector_size, &traits, &share_map, &share_lock, &share_barrier, &share_unmap, nullptr, nullptr};

FaultyDisk::FaultyDisk() : name_{"faulty"}, shim_{new sqlite3_vfs{*sqlite3_vfs_find(nullptr)}}
{
    shim_->zName = name_.c_str();
    shim_->szOsFile += static_cast<int>(sizeof(DiskFile));
    shim_->pAppData = this;
    shim_->xOpen = &DiskFile::open;
    shim_->xDelete = &DiskFile::remove;
    sqlite3_vfs_register(shim_, 0);
}

FaultyDisk::~FaultyDisk()
{
    sqlite3_vfs_unregister(shim_);
    delete shim_;
}

void FaultyDisk::fail_writes(Fault fault, std::string part, unsigned times)
{
    const std::lock_guard lock{mutex_};
    writes_ = {fault, std::move(part), times};
}

void FaultyDisk::fail_syncs(Fault fault, std::string part, unsigned times)
{
    const std::lock_guard lock{mutex_};
    syncs_to_fail_ = {fault, std::move(part), times};
}

void FaultyDisk::cut_power() { is_cut_ = true; }

void FaultyDisk::before_each_step(std::function<void()> hook)
{
    const std::lock_guard lock{mutex_};
    hook_ = std::move(hook);
}

int FaultyDisk::answer(Plan& plan, const std::string& path, int broken)
{
    if (hook_)
        hook_();
    if (is_cut_)
        return broken;
    if (plan.fault == Fault::none || plan.times == 0 || path.find(plan.part) == std::string::npos)
        return SQLITE_OK;
    --plan.times;
    return plan.fault == Fault::full ? SQLITE_FULL : broken;
}

void FaultyDisk::fail_reads(std::string part, unsigned after, unsigned times)
{
    const std::lock_guard lock{mutex_};
    reads_ = {Fault::broken, std::move(part), times};
    reads_before_ = after;
    has_failed_reads_ = false;
}

bool FaultyDisk::has_failed_reads()
{
    const std::lock_guard lock{mutex_};
    return has_failed_reads_;
}

int FaultyDisk::before_read(const std::string& path)
{
    if (read_hook_)
        read_hook_();
    const std::lock_guard lock{mutex_};
    if (reads_.times == 0 || path.find(reads_.part) == std::string::npos)
        return SQLITE_OK;
    if (reads_before_ > 0) {
        --reads_before_;
        return SQLITE_OK;
    }
    --reads_.times;
    has_failed_reads_ = true;
    return SQLITE_IOERR_CORRUPTFS; // what SQLite makes of EIO
}

int FaultyDisk::before_write(const std::string& path)
{
    const std::lock_guard lock{mutex_};
    return answer(writes_, path, SQLITE_IOERR_WRITE);
}

int FaultyDisk::before_sync(const std::string& path)
{
    const std::lock_guard lock{mutex_};
    return answer(syncs_to_fail_, path, SQLITE_IOERR_FSYNC);
}

void FaultyDisk::reach(Step step, const std::string& path)
{
    const std::lock_guard lock{mutex_};
    const bool is_sync = step == Step::sync || step == Step::sync_directory;
    const int code = is_sync ? answer(syncs_to_fail_, path, SQLITE_IOERR_FSYNC)
                             : answer(writes_, path, SQLITE_IOERR_WRITE);
    if (code != SQLITE_OK)
        throw std::system_error{code == SQLITE_FULL ? ENOSPC : EIO, std::generic_category(), path};
}

void FaultyDisk::opened(const std::string& path)
{
    const std::lock_guard lock{mutex_};
    if (images_.contains(path))
        return;
    // What was there before the first look lies safely on the disk.
    std::ifstream file{path, std::ios::binary};
    images_[path].synced.assign(std::istreambuf_iterator<char>{file}, {});
}

void FaultyDisk::wrote(const std::string& path, Write write)
{
    const std::lock_guard lock{mutex_};
    images_[path].pending.push_back(std::move(write));
}

void FaultyDisk::synced(const std::string& path)
{
    const std::lock_guard lock{mutex_};
    auto& image = images_[path];
    for (const auto& write : image.pending) {
        if (write.is_cut)
            image.synced.resize(static_cast<std::size_t>(write.offset));
        else
            apply(image.synced, write.offset, write.bytes);
    }
    image.pending.clear();
}

void FaultyDisk::removed(const std::string& path)
{
    const std::lock_guard lock{mutex_};
    images_.erase(path);
}

void FaultyDisk::leave_behind(const std::string& from, const std::string& to, std::uint32_t seed)
{
    std::mt19937 random{seed};
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
    for (const auto& entry : std::filesystem::directory_iterator{to}) {
        const auto name = entry.path().filename().string();
        if (name.find(".db") != std::string::npos)
            std::filesystem::remove(entry.path());
    }
    for (auto& [path, image] : images_) {
        for (const auto& write : image.pending) {
            if (write.is_cut)
                continue;
            // Each sector of what was not synced is there or not.
            for (std::size_t start = 0; start < write.bytes.size(); start += sector) {
                if (random() % 2 == 0)
                    apply(image.synced, write.offset + static_cast<std::int64_t>(start),
                          std::string_view{write.bytes}.substr(start, sector));
            }
        }
        const auto name = std::filesystem::path{path}.filename().string();
        std::ofstream{to + "/" + name, std::ios::binary} << image.synced;
    }
    images_.clear();
    hook_ = nullptr;
    writes_ = syncs_to_fail_ = reads_ = {};
    is_cut_ = false;
}

TEST_CASE("the faulty disk keeps what was synced and loses or tears the rest")
{
    FaultyDisk disk;
    const std::string folder = std::filesystem::temp_directory_path() / "faulty-disk-test";
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder + "/now");
    sqlite3* database = nullptr;
    REQUIRE(sqlite3_open_v2((folder + "/now/a.db").c_str(), &database,
                            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, disk.vfs())
            == SQLITE_OK);
    const auto run = [&](const char* sql) {
        sqlite3_stmt* statement = nullptr;
        sqlite3_prepare_v2(database, sql, -1, &statement, nullptr);
        int code = SQLITE_ROW;
        while (code == SQLITE_ROW)
            code = sqlite3_step(statement);
        sqlite3_finalize(statement);
        return code;
    };
    // With synchronous = OFF nothing is synced: the file must be lost or torn; with FULL not.
    const bool is_safe = GENERATE(false, true);
    run(is_safe ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
    CHECK(run("CREATE TABLE t(x)") == SQLITE_DONE);
    CHECK(run("INSERT INTO t VALUES(randomblob(20000))") == SQLITE_DONE);
    disk.cut_power();
    CHECK(run("INSERT INTO t VALUES(1)") != SQLITE_DONE);
    sqlite3_close(database);
    disk.leave_behind(folder + "/now", folder + "/later", 1);
    REQUIRE(sqlite3_open_v2((folder + "/later/a.db").c_str(), &database, SQLITE_OPEN_READWRITE,
                            disk.vfs())
            == SQLITE_OK);
    CHECK((run("SELECT x FROM t") == SQLITE_DONE) == is_safe);
    sqlite3_close(database);
    std::filesystem::remove_all(folder);
}
