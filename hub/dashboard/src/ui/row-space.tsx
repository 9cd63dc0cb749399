// Stands for the rows of a table that are out of sight. One cell: over more columns than are shown, the others would have to share their room.

export function RowSpace({ px }: { readonly px: number }) {
  if (px <= 0) return null;
  return (
    <tr class="space">
      <td style={{ height: `${px}px` }} />
    </tr>
  );
}
