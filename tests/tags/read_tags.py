"""Tags as mutagen reads them, in the words of cases.json: `read_tags.py FILE...` prints one JSON object per line."""

import hashlib
import json
import sys

import mutagen
from mutagen.apev2 import APEv2
from mutagen.asf import ASF
from mutagen.id3 import ID3
from mutagen.mp4 import MP4

# The names of a field in Vorbis comments, in ID3 (frame, or TXXX:description), in MP4 and in APEv2.
FIELDS = {
    "title": ("TITLE", "TIT2", "\xa9nam", "Title"),
    "artist": ("ARTIST", "TPE1", "\xa9ART", "Artist"),
    "artist_names": ("ARTISTS", "TXXX:ARTISTS", "ARTISTS", "Artists"),
    "artist_sort": ("ARTISTSORT", "TSOP", "soar", "ARTISTSORT"),
    "album": ("ALBUM", "TALB", "\xa9alb", "Album"),
    "album_artist": ("ALBUMARTIST", "TPE2", "aART", "Album Artist"),
    "album_artist_sort": ("ALBUMARTISTSORT", "TSO2", "soaa", "ALBUMARTISTSORT"),
    "disc_subtitle": ("DISCSUBTITLE", "TSST", "DISCSUBTITLE", "DiscSubtitle"),
    "date": ("DATE", "TDRC", "\xa9day", "Year"),
    "original_date": ("ORIGINALDATE", "TDOR", "originaldate", "ORIGINALDATE"),
    "genres": ("GENRE", "TCON", "\xa9gen", "Genre"),
    "composers": ("COMPOSER", "TCOM", "\xa9wrt", "Composer"),
    "conductors": ("CONDUCTOR", "TPE3", "CONDUCTOR", "Conductor"),
    "label": ("LABEL", "TPUB", "LABEL", "Label"),
    "catalog_number": ("CATALOGNUMBER", "TXXX:CATALOGNUMBER", "CATALOGNUMBER", "CatalogNumber"),
    "isrc": ("ISRC", "TSRC", "ISRC", "ISRC"),
    "barcode": ("BARCODE", "TXXX:BARCODE", "BARCODE", "Barcode"),
    "copyright": ("COPYRIGHT", "TCOP", "cprt", "Copyright"),
    "language": ("LANGUAGE", "TLAN", "LANGUAGE", "Language"),
    "mb_recording_id": ("MUSICBRAINZ_TRACKID", "UFID:http://musicbrainz.org", "MusicBrainz Track Id", "MUSICBRAINZ_TRACKID"),
    "mb_track_id": (
        "MUSICBRAINZ_RELEASETRACKID", "TXXX:MusicBrainz Release Track Id", "MusicBrainz Release Track Id",
        "MUSICBRAINZ_RELEASETRACKID",
    ),
    "mb_release_id": ("MUSICBRAINZ_ALBUMID", "TXXX:MusicBrainz Album Id", "MusicBrainz Album Id", "MUSICBRAINZ_ALBUMID"),
    "mb_release_group_id": (
        "MUSICBRAINZ_RELEASEGROUPID", "TXXX:MusicBrainz Release Group Id", "MusicBrainz Release Group Id",
        "MUSICBRAINZ_RELEASEGROUPID",
    ),
    "mb_artist_ids": ("MUSICBRAINZ_ARTISTID", "TXXX:MusicBrainz Artist Id", "MusicBrainz Artist Id", "MUSICBRAINZ_ARTISTID"),
    "mb_album_artist_ids": (
        "MUSICBRAINZ_ALBUMARTISTID", "TXXX:MusicBrainz Album Artist Id", "MusicBrainz Album Artist Id",
        "MUSICBRAINZ_ALBUMARTISTID",
    ),
    "track_gain": ("REPLAYGAIN_TRACK_GAIN", "TXXX:replaygain_track_gain", "replaygain_track_gain", "REPLAYGAIN_TRACK_GAIN"),
    "track_peak": ("REPLAYGAIN_TRACK_PEAK", "TXXX:replaygain_track_peak", "replaygain_track_peak", "REPLAYGAIN_TRACK_PEAK"),
    "album_gain": ("REPLAYGAIN_ALBUM_GAIN", "TXXX:replaygain_album_gain", "replaygain_album_gain", "REPLAYGAIN_ALBUM_GAIN"),
    "album_peak": ("REPLAYGAIN_ALBUM_PEAK", "TXXX:replaygain_album_peak", "replaygain_album_peak", "REPLAYGAIN_ALBUM_PEAK"),
    "track_r128": ("R128_TRACK_GAIN",),
    "album_r128": ("R128_ALBUM_GAIN",),
}


# The names of a field in ASF.
ASF_NAMES = {
    "title": "Title", "artist": "Author", "artist_names": "WM/ARTISTS", "artist_sort": "WM/ArtistSortOrder", "album": "WM/AlbumTitle",
    "album_artist": "WM/AlbumArtist", "album_artist_sort": "WM/AlbumArtistSortOrder", "disc_subtitle": "WM/SetSubTitle", "date": "WM/Year",
    "original_date": "WM/OriginalReleaseTime", "genres": "WM/Genre", "composers": "WM/Composer", "conductors": "WM/Conductor", "label": "WM/Publisher",
    "catalog_number": "WM/CatalogNo", "isrc": "WM/ISRC", "barcode": "WM/Barcode", "copyright": "Copyright", "language": "WM/Language",
    "mb_recording_id": "MusicBrainz/Track Id", "mb_track_id": "MusicBrainz/Release Track Id", "mb_release_id": "MusicBrainz/Album Id",
    "mb_release_group_id": "MusicBrainz/Release Group Id", "mb_artist_ids": "MusicBrainz/Artist Id",
    "mb_album_artist_ids": "MusicBrainz/Album Artist Id", "track_gain": "replaygain_track_gain", "track_peak": "replaygain_track_peak",
    "album_gain": "replaygain_album_gain", "album_peak": "replaygain_album_peak",
}


def from_vorbis(tags, names):
    return list(tags.get(names[0], []))


def from_id3(tags, names):
    frame = tags.get(names[1]) if len(names) > 1 else None
    if frame is None:
        return []
    return [frame.data.decode()] if names[1].startswith("UFID") else [str(text) for text in frame.text]


def from_mp4(tags, names):
    if len(names) == 1:
        return []
    free = tags.get("----:com.apple.iTunes:" + names[2])
    return [value.decode() for value in free] if free else list(tags.get(names[2], []))


def from_ape(tags, names):
    value = tags.get(names[3]) if len(names) > 1 else None
    return list(value) if value is not None else []


def read_asf(tags):
    text = lambda name: [str(value) for value in tags.get(name, []) if str(value)]
    found = {field: values for field, name in ASF_NAMES.items() if (values := text(name))}
    found["positions"] = [n for name in ("WM/TrackNumber", "WM/PartOfSet") for n in slashed(text(name))]
    found["covers"] = []
    for picture in tags.get("WM/Picture", []):
        # Kind, length, media type and description in UTF-16, picture.
        data = picture.value
        length = int.from_bytes(data[1:5], "little")
        found["covers"].append([hashlib.sha256(data[-length:]).hexdigest(), data[0]])
    return found


def number(text):
    return int(text) if text else None


def slashed(texts):
    first, _, second = (texts[0] if texts else "").partition("/")
    return number(first), number(second)


def covers_of_vorbis(file):
    if hasattr(file, "pictures"):
        return [(p.data, p.type) for p in file.pictures]
    import base64
    from mutagen.flac import Picture
    found = [Picture(base64.b64decode(text)) for text in file.tags.get("METADATA_BLOCK_PICTURE", [])]
    return [(p.data, p.type) for p in found]


def read(path):
    file = mutagen.File(path)
    tags = file.tags if file is not None else APEv2(path)
    if tags is None:
        tags = APEv2(path)
    if isinstance(file, ASF):
        return read_asf(tags)
    if isinstance(tags, ID3):
        get = from_id3
        positions = slashed(get(tags, (0, "TRCK"))), slashed(get(tags, (0, "TPOS")))
        covers = [(f.data, f.type) for f in tags.getall("APIC")]
    elif isinstance(file, MP4):
        get = from_mp4
        pair = lambda name: tuple(n or None for n in tags.get(name, [(0, 0)])[0])
        positions, covers = (pair("trkn"), pair("disk")), [(bytes(c), 3) for c in tags.get("covr", [])]
    elif isinstance(tags, APEv2):
        get = from_ape
        positions = slashed(get(tags, (0, 0, 0, "Track"))), slashed(get(tags, (0, 0, 0, "Disc")))
        cover = tags.get("Cover Art (Front)")
        covers = [(cover.value.split(b"\0", 1)[1], 3)] if cover is not None else []
    else:
        get = from_vorbis
        one = lambda name: number((tags.get(name) or [None])[0])
        positions = (one("TRACKNUMBER"), one("TRACKTOTAL")), (one("DISCNUMBER"), one("DISCTOTAL"))
        covers = covers_of_vorbis(file)
    found = {field: values for field, names in FIELDS.items() if (values := get(tags, names))}
    found["positions"] = [n for pair in positions for n in pair]
    found["covers"] = [[hashlib.sha256(data).hexdigest(), kind] for data, kind in covers]
    return found


for path in sys.argv[1:]:
    print(json.dumps({"path": path, "found": read(path)}, ensure_ascii=False))
