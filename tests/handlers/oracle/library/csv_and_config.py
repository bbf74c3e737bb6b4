#: {}
import configparser
import csv
import io


def handler(event, context):
    out = io.StringIO()
    csv.writer(out).writerow(["a,b", 'q"', 1])
    parser = configparser.ConfigParser()
    parser.read_string("[s]\nk = v\n")
    return [out.getvalue(), dict(parser["s"])]
