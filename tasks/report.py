from schemas.run_folder import RunFolder


def write_report(folder: RunFolder):
    return folder.report
