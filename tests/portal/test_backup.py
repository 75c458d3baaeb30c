"""manage.py backup and restore: made while people write, checked, all of it back or nothing."""

import io
import shutil
import sqlite3
import stat
import tarfile
from contextlib import closing, contextmanager
from gzip import GzipFile
from threading import Event, Thread

import pyrage
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ConnectionHandler

from accounts.models import AccessEvent, User
from education.journal.models import Reflection
from portal.backup import BackupError, archive, encryption, making
from portal.backup.databases import NOT_BROUGHT_BACK
from portal.backup.making import make_backup
from portal.backup.restoring import check_backup, restore_backup
from tests.factories import ClinicianFactory, PatientFactory

KEY = pyrage.x25519.Identity.generate()


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    """Data, figures and backups of this test's own."""
    settings.DATA_DIR = tmp_path / "data"
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_KEYS = []
    (settings.DATA_DIR).mkdir()
    (settings.MEDIA_ROOT / "narrow").mkdir(parents=True)
    (settings.MEDIA_ROOT / "clock.svg").write_text("<svg>a clock</svg>")
    (settings.MEDIA_ROOT / "narrow" / "gland.png").write_bytes(b"\x89PNG")
    return tmp_path


@contextmanager
def an_empty_database(tmp_path):
    """Another database of the same kind with nothing in it."""
    name = str(tmp_path / "restored.sqlite3")
    if connection.vendor == "postgresql":
        name = f"{connection.settings_dict['NAME']}_restored"
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    handler = ConnectionHandler(
        {"default": {}, "restored": {**connection.settings_dict, "NAME": name}}
    )
    other = handler["restored"]
    try:
        yield other
    finally:
        other.close()
        if connection.vendor == "postgresql":
            other.close_pool()
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def rows(database, sql, *values):
    with database.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def triggers(database):
    names = "SELECT name FROM sqlite_schema WHERE type = 'trigger' ORDER BY name"
    if database.vendor == "postgresql":
        names = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
    return rows(database, names)


class Writers:
    """Three clinicians and patients who write without a pause; `done` is what was acknowledged."""

    def __init__(self):
        self.pairs = [(PatientFactory(), ClinicianFactory()) for _ in range(3)]
        self.done = []
        self.stop = Event()
        self.begun = Event()
        self.threads = [Thread(target=self.write, args=pair) for pair in self.pairs]

    def write(self, patient, clinician):
        try:
            while not self.stop.is_set():
                words = Reflection.objects.create(patient=patient, on="2026-11-20", text="lamp")
                AccessEvent.objects.record(
                    patient=patient, actor=clinician, action="viewed", what="patient_page"
                )
                self.done.append(str(words.public_id))
                if len(self.done) > 10:
                    self.begun.set()
        finally:
            connection.close()

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        assert self.begun.wait(20)
        return self

    def __exit__(self, *_error):
        self.stop.set()
        for thread in self.threads:
            thread.join()


@pytest.mark.django_db(transaction=True)
def test_it_is_made_while_people_write_and_comes_back_into_an_empty_database(
    folders, settings, signed_in
):
    signed_in(PatientFactory(name="Paula Patient"))
    with Writers() as writers:
        before = list(writers.done)
        made = make_backup(
            settings.BACKUP_DIR, readers=encryption.recipients([str(KEY.to_public())])
        )
        during = len(writers.done) - len(before)
    assert during, "nobody wrote meanwhile, so that this shows nothing"
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    assert b"Paula" not in made.path.read_bytes()

    settings.MEDIA_ROOT = folders / "media of the new machine"
    identity = folders / "backup.key"
    identity.write_text(f"# made for this test\n{KEY}\n")
    with an_empty_database(folders) as other:
        keys = encryption.identities(identity)
        manifest = restore_backup(made.path, keys=keys, database=other)
        there = {
            table: rows(other, f'SELECT count(*) FROM "{table}"')[0][0] for table in manifest.rows
        }
        kept = {str(one).replace("-", "") for (one,) in rows(
            other, "SELECT public_id FROM journal_reflection"
        )}  # fmt: skip
        # Of one moment: the ends of the chains fit the events, which are written one by one.
        torn = rows(
            other,
            "SELECT patient_id FROM accounts_accesschain c WHERE length <> "
            "(SELECT count(*) FROM accounts_accessevent e WHERE e.patient_id = c.patient_id)",
        )
        names = [name for (name,) in rows(other, "SELECT name FROM accounts_user")]
        # What keeps things as they are is there, too.
        assert triggers(other) == triggers(connection) != []
    assert manifest.rows["django_session"] == 1
    ended = dict.fromkeys(set(NOT_BROUGHT_BACK) & set(there), 0)
    assert there == {**manifest.rows, **ended}
    assert {one.replace("-", "") for one in before} <= kept
    assert not torn
    assert "Paula Patient" in names
    assert (settings.MEDIA_ROOT / "clock.svg").read_text() == "<svg>a clock</svg>"
    assert (settings.MEDIA_ROOT / "narrow" / "gland.png").is_file()
    assert not list(settings.DATA_DIR.glob(".backup-*"))


@pytest.mark.django_db(transaction=True)
def test_it_takes_the_place_of_what_is_there_only_if_told_and_whole(folders, settings):
    paula = PatientFactory(name="Paula Patient")
    plain = make_backup(settings.BACKUP_DIR).path
    User.objects.filter(pk=paula.pk).update(name="Somebody else")
    after = PatientFactory(name="Came later")

    with pytest.raises(BackupError, match="not empty"):
        restore_backup(plain)

    # A backup that would not come out as it went in changes nothing, and neither does one of a
    # newer portal or of the other database.
    def altered(**said):
        folder = folders / "opened"
        folder.mkdir()
        with plain.open("rb") as file:
            manifest = archive.unpack(file, folder)
        for name, value in said.items():
            setattr(manifest, name, value)
        path = folders / "altered.tar.gz"
        with path.open("wb") as file, archive.writing(file) as writer:
            copy = folder / f"portal.{'sqlite3' if connection.vendor == 'sqlite' else 'pgdump'}"
            copy.rename(folder / archive.DATABASES[manifest.database])
            writer.add(
                archive.DATABASES[manifest.database], folder / archive.DATABASES[manifest.database]
            )
            writer.finish(manifest)
        return path

    known = check_backup(plain)
    counted = known.rows
    newer = [*known.migrations, "accounts.9999_from_tomorrow"]
    for said, why in [
        ({"rows": {**counted, "accounts_user": counted["accounts_user"] + 1}}, "other rows"),
        ({"migrations": newer}, "Update the portal first"),
    ]:
        path = altered(**said)
        with pytest.raises(BackupError, match=why):
            restore_backup(path, replace=True)
        shutil.rmtree(folders / "opened")
        assert User.objects.filter(name="Came later").exists()

    restore_backup(plain, replace=True)
    assert User.objects.get(pk=paula.pk).name == "Paula Patient"
    assert not User.objects.filter(pk=after.pk).exists()
    assert PatientFactory().pk
    # And what was restored can be backed up again.
    assert make_backup(settings.BACKUP_DIR).manifest.rows["accounts_user"] == User.objects.count()


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_the_commands_say_what_they_did_and_what_to_do(folders, settings, capsys):
    PatientFactory()
    call_command("backup", keep=2)
    said = capsys.readouterr()
    assert "2 figures" in said.out and "Not encrypted" in said.err
    [file] = settings.BACKUP_DIR.glob("*.tar.gz")
    call_command("restore", str(file), check=True)
    assert "It is whole. Nothing was changed." in capsys.readouterr().out
    with pytest.raises(CommandError, match="--replace everything in it is lost"):
        call_command("restore", str(file))
    call_command("restore", str(file), replace=True)
    assert "verify_access_log" in capsys.readouterr().out

    settings.BACKUP_KEYS = [str(KEY.to_public())]
    (settings.BACKUP_DIR / "portal-20200101T000000000000Z.tar.gz.unfinished").touch()
    not_ours = settings.BACKUP_DIR / "not ours.tar.gz"
    not_ours.touch()
    for _ in range(2):
        call_command("backup", keep=2)
    said = capsys.readouterr()
    assert not said.err and "Removed, as older than the 2 newest: 1." in said.out
    assert len(list(settings.BACKUP_DIR.glob("portal-*.tar.gz.age"))) == 2
    assert len(list(settings.BACKUP_DIR.glob("portal-*"))) == 4  # each with its checksum
    assert not_ours.exists()

    settings.BACKUP_KEYS = ["age1nonsense"]
    for command, why in [
        (["backup"], "Backup key 1 is no public key"),
        (["backup", "--to", str(KEY)], "Backup key 1 is no public key"),
        (["backup", "--to", str(KEY.to_public()), "--into", "/proc/nowhere"], "No backup was made"),
        (["backup", "--keep", "0"], "--keep"),
        (["restore", "--check", str(folders / "not there")], "No such file"),
        (["restore", str(file), "--identity", str(not_ours)], "not a file of private keys"),
    ]:
        with pytest.raises(CommandError, match=why):
            call_command(*command)


def a_backup(path, parts=(), *, with_manifest=True):
    """A small backup of an SQLite database with one table, and what else `parts` says."""
    database = path.with_suffix(".sqlite3")
    database.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as one:
        one.execute("CREATE TABLE django_migrations (app, name)")
    manifest = archive.Manifest(
        made_at="2026-11-24T02:30:00+00:00", version="1", database="sqlite", server="3",
        migrations=[], rows={"django_migrations": 0},
    )  # fmt: skip
    with path.open("wb") as file, archive.writing(file) as writer:
        writer.add("portal.sqlite3", database)
        for part in parts:
            writer.tar.addfile(part, io.BytesIO(b"x" * part.size))
        if with_manifest:
            writer.finish(manifest)
    return path


def an_entry(name, kind=tarfile.REGTYPE, size=1):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size if kind == tarfile.REGTYPE else 0
    info.linkname = "/etc/passwd"
    return info


def test_what_is_damaged_or_no_backup_is_refused_before_anything_is_touched(folders, settings):
    good = a_backup(folders / "good.tar.gz")
    assert check_backup(good).made_at.startswith("2026-11-24")
    whole = good.read_bytes()
    file = folders / "one"
    for data in [
        b"", b"age", b"\0" * 100, whole[:100], whole[:-4], whole[:-1],
        whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
    ]:  # fmt: skip
        file.write_bytes(data)
        with pytest.raises(BackupError, match="damaged|cut short|no backup"):
            check_backup(file)
    # A part too many, a part without a checksum, and what would be written somewhere else.
    for entry in [
        an_entry("media/extra.svg"),
        an_entry("media/../../../evil"),
        an_entry("/etc/evil"),
        an_entry(""),
        an_entry("media/link", tarfile.SYMTYPE),
        an_entry("media/device", tarfile.CHRTYPE),
        an_entry("media/folder", tarfile.DIRTYPE),
        an_entry("portal.sqlite3"),
        an_entry("portal.pgdump"),
        an_entry("manifest.json"),
    ]:
        with pytest.raises(BackupError, match="damaged|no backup"):
            check_backup(a_backup(folders / "one.tar.gz", [entry]))
    for said in [{"format": 2}, {"parts": 3}, {"parts": {"portal.sqlite3": {"size": "1"}}}]:
        one = a_backup(folders / "one.tar.gz", with_manifest=False)
        rewrite_manifest(one, said)
        with pytest.raises(BackupError, match="newer portal|no backup|damaged"):
            check_backup(one)
    with pytest.raises(BackupError, match="no manifest"):
        check_backup(a_backup(folders / "one.tar.gz", with_manifest=False))

    # Encrypted: not without the key, not with another one, and not cut short by a single byte.
    closed = io.BytesIO()
    pyrage.encrypt_io(io.BytesIO(whole), closed, [KEY.to_public()])
    file.write_bytes(closed.getvalue())
    assert check_backup(file, keys=[KEY])
    with pytest.raises(BackupError, match="--identity"):
        check_backup(file)
    with pytest.raises(BackupError, match="None of these private keys"):
        check_backup(file, keys=[pyrage.x25519.Identity.generate()])
    for data in [closed.getvalue()[:-1], closed.getvalue()[:150]]:
        file.write_bytes(data)
        with pytest.raises(BackupError, match="damaged|cut short"):
            check_backup(file, keys=[KEY])

    # What is no database is found, too; and all this has left nothing behind.
    with making.alone(), pytest.raises(BackupError, match="under way"):
        check_backup(good)
    assert [one.name for one in settings.DATA_DIR.iterdir()] == ["backup.lock"]


def rewrite_manifest(path, said):
    """Put another manifest at the end of a backup that has none."""
    import json

    with GzipFile(path) as packed:
        tar = io.BytesIO(packed.read())
    text = json.dumps(said).encode()
    with tarfile.open(fileobj=tar, mode="a") as more:
        more.addfile(an_entry("manifest.json", size=len(text)), io.BytesIO(text))
    with GzipFile(path, "wb") as packed:
        packed.write(tar.getvalue())
